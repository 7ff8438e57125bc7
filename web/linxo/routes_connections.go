package linxo

func connectionRoutes() []route { return nil }
