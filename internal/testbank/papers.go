package testbank

// papers are what a brand holds of a login: who they are, what opens the door and what is acted out. There is no person where no
// password opens it.
type papers struct {
	person   *Person
	password string
	scenario Scenario
	usage    string
}

// papers finds a login's. The caller holds the mutex.
func (b *Bank) papers(in SignIn) (papers, error) {
	switch in.Brand {
	case BrandTest:
		return b.filePapers(in)
	case BrandIntegration:
		return b.bookPapers(in), nil
	case BrandSimulator:
		return b.profilePapers(in)
	}
	return papers{}, refuse(CodeBadCredentials)
}

// filePapers are those of the JSON file. Its own logins go before the open door.
func (b *Bank) filePapers(in SignIn) (papers, error) {
	p := papers{usage: UsagePrivate, password: b.file.AnyLoginPassword}
	if p.password != "" {
		p.person = b.file.People[b.file.AnyLoginPerson]
	}
	for _, l := range b.file.Logins {
		if l.Login == in.Login {
			p.person, p.password = b.file.People[l.Person], l.Password
		}
	}
	// What is to be acted out is the website value's when that names a scenario, else the login's.
	name := in.Website
	switch name {
	case "pro":
		p.usage = UsageOrganisation
		name = b.scenarioOf(in.Login)
	case "", "par":
		name = b.scenarioOf(in.Login)
	}
	var ok bool
	if p.scenario, ok = Find(name); !ok {
		return papers{}, &Refusal{Code: CodeInvalidRequest, Message: "The website value is unknown: use par, pro or the name of a scenario."}
	}
	return p, nil
}

func (b *Bank) scenarioOf(login string) string {
	for _, l := range b.file.Logins {
		if l.Login == login {
			if l.Scenario != "" {
				return l.Scenario
			}
			return "success"
		}
	}
	if s, ok := Find(login); ok {
		return s.Name
	}
	return "success"
}

// bookPapers are those of a configuration file, or of the built-in one.
func (b *Bank) bookPapers(in SignIn) papers {
	book := in.Book
	if in.File == "" {
		book = b.builtIn(in.Login)
	}
	if book == nil || book.Login != in.Login {
		return papers{scenario: success()}
	}
	return papers{person: book.Person, password: book.Password, scenario: book.scenario, usage: UsagePrivate}
}
