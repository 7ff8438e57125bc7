package redirect

import "strings"

// What a private-use scheme may be. RFC 8252 §7.1 asks for a reverse domain name (com.example.app), which nobody else claims.
// Clients in the field register single words (banquier) and Powens' own powens-<client id> as well, and an integration moves
// here by changing a base URL: so words stay accepted, but none that a browser, an operating system or a widely installed
// program answers to. There, opening the callback would run, show, install or send something with the code in it instead of
// waking the client's application (R3; ZITADEL CVE-2026-29192; CVE-2022-30190 came in by ms-msdt:, search-ms: leads to remote
// folders). A list can never be whole. It need not be: it is the operator who registers, and the list keeps a mistake or a
// careless paste from becoming a hole, while exact matching keeps everybody else out.

// refusedSchemes are words that are somebody's already.
var refusedSchemes = words(
	// Browsers: script, data and documents of another origin or of the browser itself.
	`javascript data vbscript livescript mocha file filesystem blob about view-source jar mhtml wyciwyg resource res chrome edge opera
	brave vivaldi firefox microsoft-edge googlechrome googlechromes intent feed pcast cid mid urn tag ipfs ipns dweb magnet web`,
	// Transports and what speaks them.
	`ftp ftps sftp tftp gopher ws wss ssh telnet tn3270 rlogin git svn cvs rsync smb cifs afp nfs dav davs webdav ldap ldaps imap pop
	smtp nntp news snews irc ircs xmpp jabber sip sips h323 rtsp rtmp rtp mms stun turn coap coaps mqtt redis postgres mysql mongodb
	jdbc odbc docker unix vnc rdp dns dict finger wais prospero ni nih soap bolt neo4j amqp kafka`,
	// Mail, telephone, messages, maps, calendars.
	`mailto tel telprompt callto sms smsto mms mmsto facetime facetime-audio imessage im pres geo maps map google.navigation webcal
	webcals cal addressbook message mailmsg rcs`,
	// Operating systems.
	`shell search search-ms help hcp its mk cmd command powershell wscript cscript run rundll mshelp ldap-ms onenote-cmd windows
	windowsdefender microsoft bingmaps bingnews bingweather outlookmail outlookcal outlookaccounts calculator explorer desktop
	stickynotes wifi network settings prefs app-prefs app-settings applescript afpovertcp x-terminal terminal term man info apt
	flatpak snap appstream appinstaller rpm install shortcuts workflow itms itmss itms-apps itms-appss itms-services macappstore
	macappstores appstore market play content package android-app android file-explorer trash computer recent admin burn obex`,
	// Programs that many people have, several of which install, run or send on a link.
	`vscode vscode-insiders vscodium cursor jetbrains idea atom txmt sublime subl zed github-windows github-mac sourcetree gitkraken
	steam steamlink com-epicgames-launcher uplay battlenet origin origin2 roblox minecraft discord slack teams msteams skype zoommtg
	zoomus zoom webex tg telegram whatsapp signal sgnl viber line wechat weixin alipay alipays fb facebook messenger instagram
	twitter tiktok snapchat linkedin spotify netflix youtube vlc itunes music podcast podcasts notion obsidian evernote onenote
	dropbox onedrive odopen teamviewer teamviewer8 anydesk rustdesk citrix receiver vmware vmrc virtualbox conf callmanager
	winrm putty filezilla winscp bitcoin ethereum lightning litecoin monero upi otpauth otpauth-migration fido webauthn openid
	openid4vp openid-vc haip mdoc eudi-openid4vp acrobat postman insomnia burp tor onion freenet ed2k adc sketch figma`,
)

// refusedBeginnings are families of handlers, whatever follows.
var refusedBeginnings = []string{
	"ms-", "ms.", "microsoft.", "microsoft-", "windows.", "search-", "shell-", "chrome-", "moz-", "safari-", "edge-", "opera-", "x-apple",
	"apple-", "com.apple.", "itms-", "android-", "com.android.", "com.google.android.", "view-", "web-", "steam-", "vscode-",
	"jetbrains-", "openid4", "openid-",
}

func words(lists ...string) map[string]bool {
	out := make(map[string]bool)
	for _, list := range lists {
		for _, w := range strings.Fields(list) {
			out[w] = true
		}
	}
	return out
}

// checkScheme takes https, http and what may be an application's own.
func checkScheme(scheme string) error {
	switch {
	case scheme == "https", scheme == "http":
		return nil
	case len(scheme) == 1:
		return invalid("the scheme %q is a drive letter to Windows; use https or a scheme of your own application", scheme)
	case strings.Contains(scheme, "+"):
		// web+x is for web sites that register as handlers (WHATWG HTML §8.9.1), x+y for a transport inside another.
		return invalid("the scheme %q must not hold a plus sign; use https or a reverse domain name of yours, such as com.example.app", scheme)
	case refusedSchemes[scheme]:
		return refusedScheme(scheme)
	}
	for _, b := range refusedBeginnings {
		if strings.HasPrefix(scheme, b) {
			return refusedScheme(scheme)
		}
	}
	if strings.Contains(scheme, "..") || strings.HasSuffix(scheme, ".") {
		return invalid("the scheme %q is not a reverse domain name, such as com.example.app", scheme)
	}
	return nil
}

func refusedScheme(scheme string) error {
	return invalid("the scheme %q belongs to a browser, a system or another program; use https or a reverse domain name of yours, "+
		"such as com.example.app", scheme)
}
