package linxo

func queueRoutes() []route { return nil }
