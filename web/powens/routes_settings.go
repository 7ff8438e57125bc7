package powens

// settingRoutes are client applications and the settings of a domain.
var settingRoutes = []route{}
