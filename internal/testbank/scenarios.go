package testbank

var (
	both = []Source{OpenAPI, DirectAccess}
	api  = []Source{OpenAPI}
	site = []Source{DirectAccess}
)

var scenarios = []Scenario{
	{Name: "success", Aliases: []string{"par", "pro"}, Sources: both, Summary: "Everything goes well; pro shows the accounts of a company, par those of a person."},
	{Name: "wrong_password", Aliases: []string{"wrongpass"}, Sources: both, Summary: "Whatever the password, it is refused; the third time the login is locked for fifteen minutes.", refuse: CodeBadCredentials},
	{Name: "password_expired", Aliases: []string{"passwordExpired"}, Sources: both, Summary: "The password is right but has expired and must be changed at the bank.", refuse: CodePasswordExpired},
	{Name: "action_needed", Aliases: []string{"actionNeeded"}, Sources: both, Summary: "New terms must be accepted on the bank's site first.", refuse: CodeActionNeeded},
	{Name: "not_supported", Aliases: []string{"notSupported"}, Sources: both, Summary: "This login cannot be used this way: the bank serves it in its branches alone.", refuse: CodeNotSupported},
	{Name: "otp_text", Aliases: []string{"additionalInformationNeeded"}, Sources: both, Summary: "A code by text message is asked for; it is 123456.", challenges: []Kind{KindText}},
	{Name: "otp_image", Sources: both, Summary: "Digits in an image must be copied.", challenges: []Kind{KindImage}},
	{Name: "method_choice", Sources: both, Summary: "The customer chooses among a text message, an image and the app.", challenges: []Kind{KindChoice}, app: AppQuick},
	{Name: "two_challenges", Sources: both, Summary: "A code by text message, then an image.", challenges: []Kind{KindText, KindImage}},
	{Name: "app_quick", Aliases: []string{"shortDecoupled"}, Sources: both, Summary: "An approval in the bank's app, given after two seconds.", challenges: []Kind{KindApp}, app: AppQuick},
	{Name: "app_slow", Sources: both, Summary: "An approval in the bank's app, given after twenty-five seconds.", challenges: []Kind{KindApp}, app: AppSlow},
	{Name: "app_refused", Sources: both, Summary: "An approval in the bank's app, refused after two seconds.", challenges: []Kind{KindApp}, app: AppRefused},
	{Name: "app_expired", Sources: both, Summary: "An approval in the bank's app that nobody gives: it lapses after ten seconds.", challenges: []Kind{KindApp}, app: AppExpired},
	{Name: "app_manual", Sources: both, Summary: "An approval in the bank's app that waits three minutes for somebody on the phone page.", challenges: []Kind{KindApp}, app: AppManual},
	{Name: "validating", Sources: both, Summary: "The bank works for ten seconds on letting the customer in; nothing is asked.", challenges: []Kind{KindProcessing}},
	{Name: "sca_every_time", Sources: site, Summary: "The code is asked for at every sign-in, so a pull in the background needs the customer.", challenges: []Kind{KindText}, everyTime: true},
	{Name: "sca_required", Aliases: []string{"SCARequired"}, Sources: both, Summary: "Connecting asks nothing; reading while the customer is away is refused until they have come once more.", again: true},
	{Name: "sca_then_otp", Aliases: []string{"SCARequiredAndOTP"}, Sources: both, Summary: "Likewise; when they come once more, a code by text message is asked for.", again: true, challenges: []Kind{KindText}},
	{Name: "sca_then_app", Aliases: []string{"SCARequiredAndDecoupled"}, Sources: both, Summary: "Likewise; when they come once more, an approval in the bank's app, given after two seconds.", again: true, challenges: []Kind{KindApp}, app: AppQuick},
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
	{Name: "account_closed", Sources: both, Summary: "The second and third pull lack one account; from the fourth on it is back.", closes: true},
	{Name: "consent_revoked", Sources: both, Summary: "One minute after the connection the customer withdraws it at the bank.", revoke: true},
}
