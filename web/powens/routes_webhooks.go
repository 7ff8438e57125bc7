package powens

// webhookRoutes are receivers, what authenticates deliveries to them, and their logs.
var webhookRoutes = []route{}
