package powens

import "net/http"

// webhookRoutes are receivers, what authenticates deliveries to them, and their logs.
var webhookRoutes = []route{
	{http.MethodGet, "/webhooks", manageConfig, (*Handler).webhooks},
	{http.MethodPost, "/webhooks", manageConfig, once((*Handler).webhookCreate)},
	{http.MethodDelete, "/webhooks", manageConfig, (*Handler).webhooksDelete},
	{http.MethodGet, "/webhooks/:webhook", manageConfig, (*Handler).webhook},
	{http.MethodPost, "/webhooks/:webhook", manageConfig, (*Handler).webhookUpdate},
	{http.MethodPut, "/webhooks/:webhook", manageConfig, (*Handler).webhookUpdate},
	{http.MethodDelete, "/webhooks/:webhook", manageConfig, (*Handler).webhookDelete},
	{http.MethodGet, "/webhooks/:webhook/logs", manageConfig, (*Handler).webhookLogs},
	{http.MethodGet, "/webhooks/:webhook/deliveries", manageConfig, (*Handler).webhookDeliveries},
	{http.MethodPost, "/webhooks/:webhook/deliveries/:delivery/redeliver", manageConfig, (*Handler).webhookRedeliver},
	{http.MethodPost, "/webhooks/:webhook/redeliver", manageConfig, (*Handler).webhookRedeliverAll},
	{http.MethodGet, "/webhooks/:webhook/add_to_data", manageConfig, (*Handler).addToData},
	{http.MethodPost, "/webhooks/:webhook/add_to_data", manageConfig, (*Handler).addToDataSet},
	{http.MethodDelete, "/webhooks/:webhook/add_to_data", manageConfig, (*Handler).addToDataDelete},
	{http.MethodPost, "/webhooks/:webhook/add_to_data/:key", manageConfig, (*Handler).addToDataSet},
	{http.MethodDelete, "/webhooks/:webhook/add_to_data/:key", manageConfig, (*Handler).addToDataDelete},
	{http.MethodGet, "/webhooks/auth", manageConfig, (*Handler).webhookAuths},
	{http.MethodPost, "/webhooks/auth", manageConfig, once((*Handler).webhookAuthCreate)},
	{http.MethodGet, "/webhooks/auth/:auth", manageConfig, (*Handler).webhookAuth},
	{http.MethodDelete, "/webhooks/auth/:auth", manageConfig, (*Handler).webhookAuthDelete},
	{http.MethodPost, "/webhooks/auth/:auth/rotate", manageConfig, (*Handler).webhookAuthRotate},
	{http.MethodGet, "/webhooks_events", manageConfig, (*Handler).webhookEvents},
	{http.MethodPost, "/test/webhooks", manageConfig, (*Handler).testWebhooks},
	{http.MethodPost, "/test/sync", manageConfig, (*Handler).testSync},
}
