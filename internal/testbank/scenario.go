package testbank

import "slices"

// Source names one way into the bank.
type Source string

// The ways in: the API behind OAuth 2, and the website.
const (
	OpenAPI      Source = "openapi"
	DirectAccess Source = "directaccess"
)

// The usages of accounts: of a person, of an organisation.
const (
	UsagePrivate      = "PRIV"
	UsageOrganisation = "ORGA"
)

// Kind is a kind of challenge.
type Kind string

// The kinds of challenge.
const (
	KindText   Kind = "text"
	KindImage  Kind = "image"
	KindChoice Kind = "choice"
	KindApp    Kind = "app"
)

// AppMode says how the approval in the bank's app goes when nobody touches the phone page.
type AppMode string

// The modes of approval.
const (
	AppQuick   AppMode = "quick"
	AppSlow    AppMode = "slow"
	AppRefused AppMode = "refused"
	AppExpired AppMode = "expired"
	AppManual  AppMode = "manual"
)

// Return says how the bank's own page sends the browser back.
type Return string

// The ways back. The empty one is an ordinary redirect with a code.
const (
	ReturnCode  Return = ""
	ReturnDeny  Return = "deny"
	ReturnError Return = "server_error"
	ReturnNever Return = "never"
	ReturnTwice Return = "twice"
	ReturnEarly Return = "early_denied"
)

// Scenario is one behaviour that the bank can act out.
type Scenario struct {
	// Name is stable; it is a value of the website fields, a login and a scenario of the file.
	Name string
	// Aliases are the values that Powens' test connector knows it by.
	Aliases []string
	// Sources are the ways in where it differs from success.
	Sources []Source
	// Summary is one line of plain English.
	Summary string

	refuse     Code
	challenges []Kind
	app        AppMode
	everyTime  bool
	back       Return
	fault      Code
	slow       bool
	newAccount bool
	revoke     bool
}

var (
	both = []Source{OpenAPI, DirectAccess}
	api  = []Source{OpenAPI}
	site = []Source{DirectAccess}
)

var scenarios = []Scenario{
	{Name: "success", Aliases: []string{"par", "pro", "SCARequired"}, Sources: both, Summary: "Everything goes well; pro shows the accounts of a company, par those of a person."},
	{Name: "wrong_password", Aliases: []string{"wrongpass"}, Sources: both, Summary: "Whatever the password, it is refused; the third time the login is locked for fifteen minutes.", refuse: CodeBadCredentials},
	{Name: "password_expired", Aliases: []string{"passwordExpired"}, Sources: both, Summary: "The password is right but has expired and must be changed at the bank.", refuse: CodePasswordExpired},
	{Name: "action_needed", Aliases: []string{"actionNeeded"}, Sources: both, Summary: "New terms must be accepted on the bank's site first.", refuse: CodeActionNeeded},
	{Name: "otp_text", Aliases: []string{"additionalInformationNeeded", "SCARequiredAndOTP"}, Sources: both, Summary: "A code by text message is asked for; it is 123456.", challenges: []Kind{KindText}},
	{Name: "otp_image", Sources: both, Summary: "Digits in an image must be copied.", challenges: []Kind{KindImage}},
	{Name: "method_choice", Sources: both, Summary: "The customer chooses among a text message, an image and the app.", challenges: []Kind{KindChoice}, app: AppQuick},
	{Name: "two_challenges", Sources: both, Summary: "A code by text message, then an image.", challenges: []Kind{KindText, KindImage}},
	{Name: "app_quick", Aliases: []string{"shortDecoupled", "SCARequiredAndDecoupled"}, Sources: both, Summary: "An approval in the bank's app, given after two seconds.", challenges: []Kind{KindApp}, app: AppQuick},
	{Name: "app_slow", Sources: both, Summary: "An approval in the bank's app, given after twenty-five seconds.", challenges: []Kind{KindApp}, app: AppSlow},
	{Name: "app_refused", Sources: both, Summary: "An approval in the bank's app, refused after two seconds.", challenges: []Kind{KindApp}, app: AppRefused},
	{Name: "app_expired", Sources: both, Summary: "An approval in the bank's app that nobody gives: it lapses after ten seconds.", challenges: []Kind{KindApp}, app: AppExpired},
	{Name: "app_manual", Sources: both, Summary: "An approval in the bank's app that waits three minutes for somebody on the phone page.", challenges: []Kind{KindApp}, app: AppManual},
	{Name: "sca_every_time", Sources: site, Summary: "The code is asked for at every sign-in, so a pull in the background needs the customer.", challenges: []Kind{KindText}, everyTime: true},
	{Name: "redirect_deny", Sources: api, Summary: "The bank's page answers access_denied, whatever the customer says.", back: ReturnDeny},
	{Name: "redirect_error", Sources: api, Summary: "After the approval the bank's page answers server_error.", back: ReturnError},
	{Name: "redirect_close", Sources: api, Summary: "After the approval the bank's page says that all is done and never sends the browser back.", back: ReturnNever},
	{Name: "redirect_twice", Sources: api, Summary: "The callback is called twice: once by a prefetch, once by the browser.", back: ReturnTwice},
	{Name: "redirect_early_denied", Sources: api, Summary: "A stray access_denied arrives first, the good callback after it.", back: ReturnEarly},
	{Name: "slow", Sources: both, Summary: "Every answer takes three seconds.", slow: true},
	{Name: "bank_down", Aliases: []string{"websiteUnavailable"}, Sources: both, Summary: "The bank answers 503: the website at sign-in, the API when the code is exchanged.", fault: CodeUnavailable},
	{Name: "rate_limit", Aliases: []string{"rateLimiting"}, Sources: both, Summary: "The first read of accounts answers 429 with Retry-After; thirty seconds later it works.", fault: CodeRateLimited},
	{Name: "bug", Sources: both, Summary: "The bank answers 500 with a page of nonsense: the website at sign-in, the API when the code is exchanged.", fault: CodeBug},
	{Name: "bad_json", Sources: both, Summary: "The bank answers 200 with JSON cut in the middle: the website at sign-in, the API when the code is exchanged.", fault: CodeBadJSON},
	{Name: "new_account", Sources: both, Summary: "From the second pull on there is one account more.", newAccount: true},
	{Name: "consent_revoked", Sources: both, Summary: "One minute after the connection the customer withdraws it at the bank.", revoke: true},
}

// Scenarios lists everything the bank can act out, in the order of the documentation.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

// Names lists the scenarios' names.
func Names() []string {
	out := make([]string, len(scenarios))
	for i, s := range scenarios {
		out[i] = s.Name
	}
	return out
}

// Find resolves a name or an alias.
func Find(name string) (Scenario, bool) {
	for _, s := range scenarios {
		if s.Name == name || slices.Contains(s.Aliases, name) {
			return s, true
		}
	}
	return Scenario{}, false
}

// Slow says whether every answer takes its time.
func (s Scenario) Slow() bool { return s.slow }
