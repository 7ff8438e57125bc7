package testbank

import "passerelle/internal/bank"

// say puts one text together from its seven languages, in the order of the arguments' names.
func say(en, fr, de, es, it, nl, pt string) bank.Text {
	return bank.Text{"en": en, "fr": fr, "de": de, "es": es, "it": it, "nl": nl, "pt": pt}
}

// The texts of the fields.
var (
	labelWebsite = say("What should happen", "Ce qui doit se passer", "Was geschehen soll", "Qué debe ocurrir", "Cosa deve succedere",
		"Wat er moet gebeuren", "O que deve acontecer")
	labelLogin    = say("Login", "Identifiant", "Anmeldename", "Usuario", "Nome utente", "Gebruikersnaam", "Utilizador")
	helpLogin     = say("Anything you like, or dev.", "Ce que vous voulez, ou dev.", "Was Sie möchten, oder dev.", "Lo que quieras, o dev.", "Quello che vuoi, o dev.", "Wat je wilt, of dev.", "O que quiser, ou dev.")
	labelPassword = say("Password", "Mot de passe", "Passwort", "Contraseña", "Password", "Wachtwoord", "Palavra-passe")
	helpPassword  = say("1234 (dev for the login dev).", "1234 (dev pour l’identifiant dev).", "1234 (dev für den Anmeldenamen dev).",
		"1234 (dev para el usuario dev).", "1234 (dev per il nome utente dev).", "1234 (dev voor de gebruikersnaam dev).", "1234 (dev para o utilizador dev).")
	labelMethod = say("Confirm with", "Confirmer avec", "Bestätigen mit", "Confirmar con", "Conferma con", "Bevestigen met", "Confirmar com")
	labelCode   = say("Code", "Code", "Code", "Código", "Codice", "Code", "Código")
	helpCode    = say("Test bank: codes by text message are 123456.", "Banque de test : les codes reçus par SMS sont 123456.",
		"Testbank: Codes per SMS sind 123456.", "Banco de pruebas: los códigos por SMS son 123456.", "Banca di prova: i codici via SMS sono 123456.",
		"Testbank: codes per sms zijn 123456.", "Banco de teste: os códigos por SMS são 123456.")
	altImage = say("Digits to type", "Chiffres à recopier", "Ziffern zum Abtippen", "Cifras que hay que escribir", "Cifre da digitare",
		"Cijfers om over te typen", "Algarismos a escrever")
)

// website is a value of the two website fields: Powens' name of a scenario where it has one, else the bank's. only names the one
// source that can act it out, where not both can.
type website struct {
	value string
	label bank.Text
	only  string
}

// websites lists the scenarios in the order they are offered.
var websites = append(append(smooth, confirmed...), troubled...)

var smooth = []website{
	{value: "par", label: say("All goes well, personal accounts", "Tout va bien, comptes de particulier", "Alles klappt, Privatkonten",
		"Todo va bien, cuentas personales", "Va tutto bene, conti personali", "Alles gaat goed, privérekeningen", "Tudo corre bem, contas pessoais")},
	{value: "pro", label: say("All goes well, business accounts", "Tout va bien, comptes professionnels", "Alles klappt, Geschäftskonten",
		"Todo va bien, cuentas de empresa", "Va tutto bene, conti aziendali", "Alles gaat goed, zakelijke rekeningen", "Tudo corre bem, contas de empresa")},
}

var confirmed = []website{
	{value: "SCARequired", label: say("Asked to come back once more", "Prié de revenir une fois de plus", "Bitte, noch einmal wiederzukommen",
		"Se pide volver una vez más", "Richiesta di tornare ancora una volta", "Gevraagd om nog eens terug te komen", "Pedido para voltar mais uma vez")},
	{value: "SCARequiredAndOTP", label: say("Asked to come back, then a code", "Prié de revenir, puis un code", "Bitte wiederzukommen, dann ein Code",
		"Se pide volver, luego un código", "Richiesta di tornare, poi un codice", "Gevraagd om terug te komen, dan een code", "Pedido para voltar, depois um código")},
	{value: "SCARequiredAndDecoupled", label: say("Asked to come back, then the app", "Prié de revenir, puis l'application", "Bitte wiederzukommen, dann die App",
		"Se pide volver, luego la aplicación", "Richiesta di tornare, poi l'app", "Gevraagd om terug te komen, dan de app", "Pedido para voltar, depois a aplicação")},
	{value: "additionalInformationNeeded", label: say("A code by text message", "Un code par SMS", "Ein Code per SMS", "Un código por SMS", "Un codice via SMS", "Een code per sms", "Um código por SMS")},
	{value: "otp_image", label: say("Digits in an image", "Des chiffres dans une image", "Ziffern in einem Bild", "Cifras en una imagen", "Cifre in un'immagine", "Cijfers in een afbeelding", "Algarismos numa imagem")},
	{value: "method_choice", label: say("A choice among ways to confirm", "Un choix de moyens de confirmer", "Eine Auswahl, wie bestätigt wird",
		"Elegir cómo confirmar", "Una scelta tra modi di confermare", "Een keuze hoe te bevestigen", "Uma escolha de como confirmar")},
	{value: "two_challenges", label: say("Two codes in a row", "Deux codes de suite", "Zwei Codes nacheinander", "Dos códigos seguidos", "Due codici di seguito", "Twee codes achter elkaar", "Dois códigos seguidos")},
	{value: "shortDecoupled", label: say("The app, approved after 2 seconds", "L'application, accord après 2 secondes", "Die App, Freigabe nach 2 Sekunden",
		"La aplicación, aprobada a los 2 segundos", "L'app, approvata dopo 2 secondi", "De app, goedgekeurd na 2 seconden", "A aplicação, aprovada após 2 segundos")},
	{value: "app_slow", label: say("The app, approved after 25 seconds", "L'application, accord après 25 secondes", "Die App, Freigabe nach 25 Sekunden",
		"La aplicación, aprobada a los 25 segundos", "L'app, approvata dopo 25 secondi", "De app, goedgekeurd na 25 seconden", "A aplicação, aprovada após 25 segundos")},
	{value: "app_manual", label: say("The app, you approve on the phone page", "L'application, à vous d'accepter sur la page du téléphone", "Die App, Sie geben auf der Telefonseite frei",
		"La aplicación, apruebas en la página del teléfono", "L'app, approvi tu sulla pagina del telefono", "De app, je keurt goed op de telefoonpagina", "A aplicação, aprova na página do telefone")},
	{value: "app_refused", label: say("The app, refused", "L'application, refus", "Die App, abgelehnt", "La aplicación, rechazada", "L'app, rifiutata", "De app, geweigerd", "A aplicação, recusada")},
	{value: "app_expired", label: say("The app, nobody answers", "L'application, sans réponse", "Die App, niemand antwortet", "La aplicación, nadie responde", "L'app, nessuno risponde", "De app, niemand antwoordt", "A aplicação, ninguém responde")},
	{value: "validating", label: say("The bank checks for 10 seconds", "La banque vérifie pendant 10 secondes", "Die Bank prüft 10 Sekunden lang", "El banco comprueba durante 10 segundos",
		"La banca verifica per 10 secondi", "De bank controleert 10 seconden", "O banco verifica durante 10 segundos")},
	{value: "sca_every_time", label: say("A code at every sign-in", "Un code à chaque connexion", "Ein Code bei jeder Anmeldung", "Un código en cada acceso",
		"Un codice a ogni accesso", "Een code bij elke aanmelding", "Um código em cada acesso"), only: bank.SourceDirectAccess},
}

var troubled = []website{
	{value: "wrongpass", label: say("Wrong password, then locked", "Mot de passe refusé, puis blocage", "Falsches Passwort, dann gesperrt",
		"Contraseña incorrecta, luego bloqueo", "Password errata, poi blocco", "Verkeerd wachtwoord, dan geblokkeerd", "Palavra-passe errada, depois bloqueio")},
	{value: "passwordExpired", label: say("Expired password", "Mot de passe expiré", "Abgelaufenes Passwort", "Contraseña caducada", "Password scaduta", "Verlopen wachtwoord", "Palavra-passe expirada")},
	{value: "actionNeeded", label: say("Terms to accept on the bank's site", "Conditions à accepter sur le site de la banque", "Bedingungen, die auf der Website der Bank anzunehmen sind",
		"Condiciones que aceptar en la web del banco", "Condizioni da accettare sul sito della banca", "Voorwaarden te aanvaarden op de site van de bank", "Condições a aceitar no site do banco")},
	{value: "notSupported", label: say("A login that cannot be used here", "Un identifiant inutilisable ici", "Ein Zugang, der hier nicht gilt", "Un acceso que no sirve aquí",
		"Un accesso non utilizzabile qui", "Een toegang die hier niet werkt", "Um acesso que não serve aqui")},
	{value: "redirect_deny", label: say("The bank's page refuses", "La page de la banque refuse", "Die Seite der Bank lehnt ab", "La página del banco rechaza",
		"La pagina della banca rifiuta", "De pagina van de bank weigert", "A página do banco recusa"), only: bank.SourceOpenAPI},
	{value: "redirect_error", label: say("The bank's page fails after the approval", "La page de la banque échoue après l'accord", "Die Seite der Bank scheitert nach der Freigabe",
		"La página del banco falla tras la aprobación", "La pagina della banca fallisce dopo l'approvazione", "De pagina van de bank mislukt na de goedkeuring",
		"A página do banco falha após a aprovação"), only: bank.SourceOpenAPI},
	{value: "redirect_close", label: say("The bank's page never comes back", "La page de la banque ne revient jamais", "Die Seite der Bank kommt nie zurück",
		"La página del banco no vuelve nunca", "La pagina della banca non torna mai", "De pagina van de bank komt nooit terug", "A página do banco nunca volta"), only: bank.SourceOpenAPI},
	{value: "redirect_twice", label: say("The bank comes back twice", "La banque revient deux fois", "Die Bank kommt zweimal zurück", "El banco vuelve dos veces",
		"La banca torna due volte", "De bank komt twee keer terug", "O banco volta duas vezes"), only: bank.SourceOpenAPI},
	{value: "redirect_early_denied", label: say("A stray refusal, then the approval", "Un refus égaré, puis l'accord", "Eine verirrte Ablehnung, dann die Freigabe",
		"Un rechazo perdido, luego la aprobación", "Un rifiuto smarrito, poi l'approvazione", "Een verdwaalde weigering, dan de goedkeuring",
		"Uma recusa perdida, depois a aprovação"), only: bank.SourceOpenAPI},
	{value: "slow", label: say("A slow bank", "Une banque lente", "Eine langsame Bank", "Un banco lento", "Una banca lenta", "Een trage bank", "Um banco lento")},
	{value: "websiteUnavailable", label: say("The bank is down", "La banque est en panne", "Die Bank ist ausgefallen", "El banco no funciona", "La banca è fuori servizio", "De bank ligt plat", "O banco está em baixo")},
	{value: "rateLimiting", label: say("Too many requests for 30 seconds", "Trop de requêtes pendant 30 secondes", "30 Sekunden lang zu viele Anfragen",
		"Demasiadas peticiones durante 30 segundos", "Troppe richieste per 30 secondi", "Te veel verzoeken gedurende 30 seconden", "Demasiados pedidos durante 30 segundos")},
	{value: "bug", label: say("The bank breaks", "La banque se casse", "Die Bank geht kaputt", "El banco se rompe", "La banca si rompe", "De bank gaat stuk", "O banco avaria")},
	{value: "bad_json", label: say("The bank answers nonsense", "La banque répond n'importe quoi", "Die Bank antwortet Unsinn", "El banco responde disparates",
		"La banca risponde cose senza senso", "De bank antwoordt onzin", "O banco responde disparates")},
	{value: "new_account", label: say("A new account later", "Un nouveau compte plus tard", "Später ein neues Konto", "Una cuenta nueva más tarde",
		"Un nuovo conto più tardi", "Later een nieuwe rekening", "Uma conta nova mais tarde")},
	{value: "account_closed", label: say("An account goes and comes back", "Un compte disparaît et revient", "Ein Konto verschwindet und kommt wieder", "Una cuenta desaparece y vuelve",
		"Un conto sparisce e torna", "Een rekening verdwijnt en komt terug", "Uma conta desaparece e volta")},
	{value: "consent_revoked", label: say("Withdrawn at the bank after a minute", "Retiré à la banque après une minute", "Nach einer Minute bei der Bank widerrufen",
		"Retirado en el banco al cabo de un minuto", "Revocato presso la banca dopo un minuto", "Na een minuut bij de bank ingetrokken", "Retirado no banco após um minuto")},
}
