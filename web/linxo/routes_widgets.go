package linxo

func widgetRoutes() []route { return nil }
