package linxo

func accountRoutes() []route { return nil }
