package linxo

func userRoutes() []route { return nil }
