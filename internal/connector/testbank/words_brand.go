package testbank

import "passerelle/internal/bank"

// The texts of the two other banks' fields.
var (
	helpDevLogin = say("dev, or the login of your configuration file.", "dev, ou l’identifiant de votre fichier de configuration.",
		"dev, oder der Anmeldename Ihrer Konfigurationsdatei.", "dev, o el usuario de tu archivo de configuración.",
		"dev, o il nome utente del tuo file di configurazione.", "dev, of de gebruikersnaam uit je configuratiebestand.",
		"dev, ou o utilizador do seu ficheiro de configuração.")
	helpDevPassword = say("dev, or the password of your configuration file.", "dev, ou le mot de passe de votre fichier de configuration.",
		"dev, oder das Passwort Ihrer Konfigurationsdatei.", "dev, o la contraseña de tu archivo de configuración.",
		"dev, o la password del tuo file di configurazione.", "dev, of het wachtwoord uit je configuratiebestand.",
		"dev, ou a palavra-passe do seu ficheiro de configuração.")
	labelConfig = say("Address of your configuration file", "Adresse de votre fichier de configuration", "Adresse Ihrer Konfigurationsdatei",
		"Dirección de tu archivo de configuración", "Indirizzo del tuo file di configurazione", "Adres van je configuratiebestand",
		"Endereço do seu ficheiro de configuração")
	helpConfig = say("Optional: the accounts, movements and behaviour that you want to test with. Begins with https://.",
		"Facultatif : les comptes, opérations et comportements avec lesquels vous voulez tester. Commence par https://.",
		"Freiwillig: die Konten, Umsätze und das Verhalten, mit denen Sie testen wollen. Beginnt mit https://.",
		"Opcional: las cuentas, los movimientos y el comportamiento con los que quieres probar. Empieza por https://.",
		"Facoltativo: i conti, i movimenti e il comportamento con cui vuoi provare. Comincia con https://.",
		"Optioneel: de rekeningen, transacties en het gedrag waarmee je wilt testen. Begint met https://.",
		"Opcional: as contas, os movimentos e o comportamento com que quer testar. Começa por https://.")
	helpSimulatorLogin    = say("linxo simulator", "linxo simulator", "linxo simulator", "linxo simulator", "linxo simulator", "linxo simulator", "linxo simulator")
	helpSimulatorPassword = say("Linxo13!", "Linxo13!", "Linxo13!", "Linxo13!", "Linxo13!", "Linxo13!", "Linxo13!")
	labelProfile          = say("Profile", "Profil", "Profil", "Perfil", "Profilo", "Profiel", "Perfil")
	labelAnswer           = say("Answer", "Réponse", "Antwort", "Respuesta", "Risposta", "Antwoord", "Resposta")
)

// profiles are the simulator's, by their published names, the first chosen where nobody chooses.
var profiles = []struct {
	value string
	label bank.Text
}{
	{"wealthdemo.json", say("wealthdemo.json: wealth", "wealthdemo.json : patrimoine", "wealthdemo.json: Vermögen", "wealthdemo.json: patrimonio",
		"wealthdemo.json: patrimonio", "wealthdemo.json: vermogen", "wealthdemo.json: património")},
	{"wealthdemo_with_cacc.json", say("wealthdemo_with_cacc.json: wealth and a checking account", "wealthdemo_with_cacc.json : patrimoine et compte courant",
		"wealthdemo_with_cacc.json: Vermögen und Girokonto", "wealthdemo_with_cacc.json: patrimonio y cuenta corriente",
		"wealthdemo_with_cacc.json: patrimonio e conto corrente", "wealthdemo_with_cacc.json: vermogen en betaalrekening",
		"wealthdemo_with_cacc.json: património e conta à ordem")},
	{"default_savings_wealth.json", say("default_savings_wealth.json: savings", "default_savings_wealth.json : épargne", "default_savings_wealth.json: Ersparnisse",
		"default_savings_wealth.json: ahorros", "default_savings_wealth.json: risparmi", "default_savings_wealth.json: spaargeld",
		"default_savings_wealth.json: poupanças")},
	{"default_cacc_savings.json", say("default_cacc_savings.json: checking account and savings", "default_cacc_savings.json : compte courant et épargne",
		"default_cacc_savings.json: Girokonto und Ersparnisse", "default_cacc_savings.json: cuenta corriente y ahorros",
		"default_cacc_savings.json: conto corrente e risparmi", "default_cacc_savings.json: betaalrekening en spaargeld",
		"default_cacc_savings.json: conta à ordem e poupanças")},
}
