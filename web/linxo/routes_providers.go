package linxo

func providerRoutes() []route { return nil }
