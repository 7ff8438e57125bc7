package openapi

import "passerelle/web/describe"

// widgetCommon are the parameters of every entry point.
const widgetCommon = `
	session_id! string honoured the session, from POST /widget/widget_session
	redirect_url uri honoured where the end user goes at the end: one of the registered addresses; without one the visit ends on a page
	redirect_uri uri honoured the older name of redirect_url
	cancel_url uri honoured where the end user goes who cancels: one of the registered addresses; else redirect_url with status=cancelled
	aspsp_callback_uri uri honoured in a frame: the page that loads the widget again after the bank's own page
	state string honoured yours; comes back byte for byte; ours
	locale string honoured the language: en_EN, en_GB, fr, fr_FR …; else the browser's
	lng string honoured the older name of locale
	font string honoured a font that browsers have, such as Arial
	font_color string honoured the colour of texts: a name, or 3 or 6 hexadecimal digits with #
	background_color string honoured the colour behind
	elements_color string honoured the colour of buttons
	elements_font string honoured the font of buttons
	elements_font_color string honoured the colour of texts on buttons
	button_radius string honoured how round buttons are
	display_header boolean honoured false leaves the top bar out
	title string ignored of the vendor's other product`

const widgetReading = `
	captive_mode boolean honoured true: the end user stays until everything was read; default true; what the session was made with counts more
	wait_sync_end boolean honoured the same, in newer versions
	auto_sync boolean honoured false: the connection is never read by itself
	expected_account_type list honoured only accounts of these types: CHECKINGS, SAVINGS, LOAN, CREDIT_CARD`

const widgetConsent = `
	consent_per_account boolean honoured true: the end user agrees to each account; default: to all, those to come too
	select_accounts boolean honoured true: the same`

const widgetConnection = `
	connection_id! id honoured the connection`

// Flows are the entry points of the widget.
func Flows() []describe.Flow {
	flow := func(name, meaning, params string) describe.Flow {
		return describe.Flow{Name: name, Meaning: meaning, Params: describe.Lines(widgetCommon + params)}
	}
	return []describe.Flow{
		flow("add_connection", "An end user connects an institution.", widgetReading+widgetConsent+`
			countries list honoured the countries whose institutions are offered, ISO 3166-1; default all
			provider_id id honoured this provider alone
			channel_definition_id id honoured this channel alone`),
		flow("manage_connections", "An end user looks at what is shared, adds, mends and removes.", widgetReading+widgetConsent+`
			countries list honoured when adding: the countries whose institutions are offered
			connection_id id honoured open this connection`),
		flow("edit_credentials", "An end user mends a connection; everything is typed anew.", widgetConnection+widgetReading+widgetConsent+`
			channel_definition_id id honoured this channel alone`),
		flow("user_input", "An end user answers what a bank asks.", widgetConnection+widgetReading+widgetConsent+`
			channel_definition_id id honoured this channel alone`),
		flow("manage_accounts", "An end user changes which accounts of a connection are shared, one by one.", widgetConnection+widgetReading),
		flow("terms", "An end user accepts the terms.", ""),
		flow("professional-account", "An end user says whom they act for with a professional account.", ""),
	}
}
