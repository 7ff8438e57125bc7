package testbank

import "strings"

// say gives one of the bank's own sentences in a language, given as an Accept-Language header or a tag; English when the bank does
// not speak it or the sentence is none of its own. The header's first language alone counts: the bank is no translator.
func say(accept, english string) string {
	lang, _, _ := strings.Cut(accept, ",")
	lang, _, _ = strings.Cut(lang, ";")
	lang, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(lang)), "-")
	if s, ok := spoken[lang][english]; ok {
		return s
	}
	return english
}

// In gives the question in the language of an Accept-Language header, as far as the bank speaks it.
func (c Challenge) In(accept string) Challenge {
	c.Message, c.Target = say(accept, c.Message), say(accept, c.Target)
	list := make([]Method, len(c.Methods))
	for i, m := range c.Methods {
		list[i] = Method{ID: m.ID, Label: say(accept, m.Label)}
	}
	c.Methods = list
	return c
}

// In gives the refusal in the language of an Accept-Language header, as far as the bank speaks it.
func (r *Refusal) In(accept string) *Refusal {
	out := *r
	out.Message = say(accept, r.Message)
	return &out
}

// What the bank says about the password, by how many tries are left.
var wrongPassword = map[int]string{
	2: "The login or the password is wrong. 2 more tries before your access is locked.",
	1: "The login or the password is wrong. 1 more try before your access is locked.",
}

// The questions, as the customer reads them.
const (
	askText   = "Type the code that we sent by text message."
	askImage  = "Type the digits that you see in the image."
	askChoice = "How do you want to confirm that it is you?"
	askApp    = "Approve the request in the bank's app."
	askNobody = "The bank is checking what you did. This takes a few seconds."
	phone     = "your phone"
)

// spoken holds the bank's sentences to its customers in the languages that it speaks beside English, keyed by the English one.
var spoken = map[string]map[string]string{
	"fr": {
		askText: "Saisissez le code que nous avons envoyé par SMS.", askImage: "Saisissez les chiffres que vous voyez dans l'image.",
		askChoice: "Comment voulez-vous confirmer que c'est bien vous ?", askApp: "Acceptez la demande dans l'application de la banque.", phone: "votre téléphone",
		askNobody:        "La banque vérifie ce que vous avez fait. Cela prend quelques secondes.",
		methods[0].Label: "Un code par SMS au •• 42", methods[1].Label: "Des chiffres dans une image", methods[2].Label: "Un accord dans l'application sur votre téléphone",
		wrongPassword[2]:               "L'identifiant ou le mot de passe est faux. Encore 2 essais avant le blocage de votre accès.",
		wrongPassword[1]:               "L'identifiant ou le mot de passe est faux. Encore 1 essai avant le blocage de votre accès.",
		messages[CodeBadCredentials]:   "L'identifiant ou le mot de passe est faux.",
		messages[CodeLocked]:           "Cet identifiant est bloqué après trois mots de passe faux. Réessayez dans quinze minutes.",
		messages[CodePasswordExpired]:  "Votre mot de passe a expiré. Changez-le sur notre site, puis revenez.",
		messages[CodeActionNeeded]:     "Nos conditions ont changé. Connectez-vous d'abord à notre site pour les accepter.",
		messages[CodeWrongCode]:        "Ce code n'est pas le bon.",
		messages[CodeChallengeFailed]:  "Trois codes faux : connectez-vous à nouveau.",
		messages[CodeChallengeExpired]: "Le temps est écoulé pour cette vérification. Connectez-vous à nouveau.",
		messages[CodeChallengeRefused]: "La demande a été refusée dans l'application.",
		messages[CodeSessionEnded]:     "Votre session est terminée. Connectez-vous à nouveau.",
		messages[CodeSCARequired]:      "Confirmez à nouveau chez nous que c'est bien vous avant que l'on puisse lire vos comptes pour vous.",
		messages[CodeNotSupported]:     "Cet identifiant ne fonctionne que dans nos agences.",
		messages[CodeConsentExpired]:   "L'accord a expiré.",
		messages[CodeConsentRevoked]:   "Vous avez retiré l'accord.",
		messages[CodeUnavailable]:      "La banque est fermée pour maintenance.", messages[CodeRateLimited]: "Trop de requêtes.",
	},
	"de": {
		askText: "Geben Sie den Code ein, den wir per SMS geschickt haben.", askImage: "Geben Sie die Ziffern ein, die Sie im Bild sehen.",
		askChoice: "Wie möchten Sie bestätigen, dass Sie es sind?", askApp: "Geben Sie die Anfrage in der App der Bank frei.", phone: "Ihr Telefon",
		askNobody:        "Die Bank prüft Ihre Angaben. Das dauert einige Sekunden.",
		methods[0].Label: "Ein Code per SMS an •• 42", methods[1].Label: "Ziffern in einem Bild", methods[2].Label: "Eine Freigabe in der App auf Ihrem Telefon",
		wrongPassword[2]:               "Anmeldename oder Passwort ist falsch. Noch 2 Versuche, bevor Ihr Zugang gesperrt wird.",
		wrongPassword[1]:               "Anmeldename oder Passwort ist falsch. Noch 1 Versuch, bevor Ihr Zugang gesperrt wird.",
		messages[CodeBadCredentials]:   "Anmeldename oder Passwort ist falsch.",
		messages[CodeLocked]:           "Dieser Zugang ist nach drei falschen Passwörtern gesperrt. Versuchen Sie es in fünfzehn Minuten wieder.",
		messages[CodePasswordExpired]:  "Ihr Passwort ist abgelaufen. Ändern Sie es auf unserer Website und kommen Sie dann wieder.",
		messages[CodeActionNeeded]:     "Unsere Bedingungen haben sich geändert. Nehmen Sie sie zuerst auf unserer Website an.",
		messages[CodeWrongCode]:        "Dieser Code stimmt nicht.",
		messages[CodeChallengeFailed]:  "Drei falsche Codes: Melden Sie sich neu an.",
		messages[CodeChallengeExpired]: "Die Zeit für diese Prüfung ist abgelaufen. Melden Sie sich neu an.",
		messages[CodeChallengeRefused]: "Die Anfrage wurde in der App abgelehnt.",
		messages[CodeSessionEnded]:     "Ihre Sitzung ist beendet. Melden Sie sich neu an.",
		messages[CodeSCARequired]:      "Bestätigen Sie bei uns noch einmal, dass Sie es sind, bevor jemand Ihre Konten für Sie liest.",
		messages[CodeNotSupported]:     "Dieser Zugang gilt nur in unseren Filialen.",
		messages[CodeConsentExpired]:   "Die Zustimmung ist abgelaufen.",
		messages[CodeConsentRevoked]:   "Sie haben die Zustimmung widerrufen.",
		messages[CodeUnavailable]:      "Die Bank ist wegen Wartung geschlossen.", messages[CodeRateLimited]: "Zu viele Anfragen.",
	},
}
