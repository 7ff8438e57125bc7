package linxo

func transactionRoutes() []route { return nil }
