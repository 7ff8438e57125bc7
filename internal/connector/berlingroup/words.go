package berlingroup

import "passerelle/internal/bank"

// say puts one text together from its seven languages, in the order of the arguments' names.
func say(en, fr, de, es, it, nl, pt string) bank.Text {
	return bank.Text{"en": en, "fr": fr, "de": de, "es": es, "it": it, "nl": nl, "pt": pt}
}

// The texts of the forms.
var (
	labelLogin = say("Login at the bank", "Identifiant à la banque", "Anmeldename bei der Bank", "Usuario en el banco", "Nome utente presso la banca",
		"Gebruikersnaam bij de bank", "Utilizador no banco")
	helpLogin = say("The one you sign in to online banking with.", "Celui de votre banque en ligne.", "Mit dem Sie sich im Online-Banking anmelden.",
		"El de su banca en línea.", "Quello del suo internet banking.", "Waarmee u bij internetbankieren inlogt.", "O do seu banco em linha.")
	labelPassword = say("Password", "Mot de passe", "Passwort", "Contraseña", "Password", "Wachtwoord", "Palavra-passe")
	labelMethod   = say("Confirm with", "Confirmer avec", "Bestätigen mit", "Confirmar con", "Conferma con", "Bevestigen met", "Confirmar com")
	labelCode     = say("Code", "Code", "Code", "Código", "Codice", "Code", "Código")
	labelIBANs    = say("IBANs of the accounts", "IBAN des comptes", "IBANs der Konten", "IBAN de las cuentas", "IBAN dei conti", "IBAN's van de rekeningen",
		"IBAN das contas")
	helpIBANs = say("With a comma between, if there are several.", "Séparés par une virgule s’il y en a plusieurs.", "Mit einem Komma dazwischen, wenn es mehrere sind.",
		"Separados por una coma si son varios.", "Separati da una virgola se sono più d’uno.", "Met een komma ertussen als het er meer zijn.", "Separados por vírgula se forem vários.")
	altImage = say("Image from the bank, needed for the code", "Image de la banque, nécessaire pour le code", "Bild der Bank, das für den Code gebraucht wird",
		"Imagen del banco, necesaria para el código", "Immagine della banca, necessaria per il codice", "Afbeelding van de bank, nodig voor de code",
		"Imagem do banco, necessária para o código")
)

// labelTypes name methods that the bank gave no name.
var labelTypes = map[string]bank.Text{
	"SMS_OTP":  say("Code by text message", "Code par SMS", "Code per SMS", "Código por SMS", "Codice via SMS", "Code per sms", "Código por SMS"),
	"SMTP_OTP": say("Code by e-mail", "Code par e-mail", "Code per E-Mail", "Código por correo electrónico", "Codice via e-mail", "Code per e-mail", "Código por e-mail"),
	"CHIP_OTP": say("Card and reader", "Carte et lecteur", "Karte und Lesegerät", "Tarjeta y lector", "Carta e lettore", "Kaart en lezer", "Cartão e leitor"),
	"PHOTO_OTP": say("Image to photograph", "Image à photographier", "Bild zum Fotografieren", "Imagen para fotografiar", "Immagine da fotografare",
		"Afbeelding om te fotograferen", "Imagem para fotografar"),
	"PUSH_OTP": say("The bank’s app", "L’application de la banque", "Die App der Bank", "La aplicación del banco", "L’app della banca", "De app van de bank", "A aplicação do banco"),
	"EMAIL":    say("Code by e-mail", "Code par e-mail", "Code per E-Mail", "Código por correo electrónico", "Codice via e-mail", "Code per e-mail", "Código por e-mail"),
}
