package enablebanking

import "passerelle/internal/bank"

// say is a text in the languages of the pages.
func say(en, fr, de, es, it, nl, pt string) bank.Text {
	return bank.Text{"en": en, "fr": fr, "de": de, "es": es, "it": it, "nl": nl, "pt": pt}
}

// The texts of the operator's settings and of the fields that are the same at every bank.
var (
	labelApplication = say("Application id", "Identifiant de l’application", "Anwendungskennung", "Identificador de la aplicación",
		"Identificativo dell’applicazione", "Id van de applicatie", "Identificador da aplicação")
	helpApplication = bank.Text{"en": "As Enable Banking's control panel shows it; it is the token's kid."}
	labelKey        = say("Private key", "Clé privée", "Privater Schlüssel", "Clave privada", "Chiave privata", "Privésleutel", "Chave privada")
	helpKey         = bank.Text{"en": "The RSA key of the application as PEM, whose certificate Enable Banking has."}
	labelBase       = say("API address", "Adresse de l’API", "Adresse der API", "Dirección de la API", "Indirizzo dell’API", "Adres van de API", "Endereço da API")

	labelPSUType = say("Kind of account", "Type de compte", "Art des Kontos", "Tipo de cuenta", "Tipo di conto", "Soort rekening", "Tipo de conta")
	labelPrivate = say("Personal", "Particulier", "Privat", "Particular", "Privato", "Particulier", "Particular")
	labelCompany = say("Business", "Professionnel", "Geschäftlich", "Empresa", "Aziendale", "Zakelijk", "Empresarial")
	labelMethod  = say("Way of signing in", "Mode de connexion", "Anmeldeverfahren", "Forma de acceso", "Modalità di accesso", "Manier van inloggen", "Modo de acesso")
	labelAny     = say("Choose at the bank", "Choisir à la banque", "Bei der Bank wählen", "Elegir en el banco", "Scegliere presso la banca", "Kiezen bij de bank", "Escolher no banco")
)
