package simplefin

import "passerelle/internal/bank"

// say is a text in the languages of the pages.
func say(en, fr, de, es, it, nl, pt string) bank.Text {
	return bank.Text{"en": en, "fr": fr, "de": de, "es": es, "it": it, "nl": nl, "pt": pt}
}

// The texts that the end user meets.
var (
	labelToken = say("SimpleFIN token", "Jeton SimpleFIN", "SimpleFIN-Token", "Token de SimpleFIN", "Token SimpleFIN", "SimpleFIN-token", "Token SimpleFIN")
	helpToken  = say("Make a new one at your SimpleFIN server and paste it here.", "Créez-en un nouveau sur votre serveur SimpleFIN et collez-le ici.",
		"Erzeugen Sie einen neuen bei Ihrem SimpleFIN-Server und fügen Sie ihn hier ein.", "Cree uno nuevo en su servidor SimpleFIN y péguelo aquí.",
		"Creane uno nuovo sul tuo server SimpleFIN e incollalo qui.", "Maak een nieuw aan bij je SimpleFIN-server en plak het hier.",
		"Crie um novo no seu servidor SimpleFIN e cole-o aqui.")

	messageClaimed = say(
		"This token has been used before. If that was not you, somebody else may have it: disable it at your SimpleFIN server. Then make a new one.",
		"Ce jeton a déjà été utilisé. Si ce n’était pas vous, quelqu’un d’autre l’a peut-être : désactivez-le sur votre serveur SimpleFIN. Créez-en ensuite un nouveau.",
		"Dieser Token wurde schon benutzt. Wenn Sie das nicht waren, hat ihn vielleicht jemand anders: Sperren Sie ihn bei Ihrem SimpleFIN-Server. Erzeugen Sie dann einen neuen.",
		"Este token ya se ha usado. Si no fue usted, puede que lo tenga otra persona: desactívelo en su servidor SimpleFIN. Después, cree uno nuevo.",
		"Questo token è già stato usato. Se non sei stato tu, potrebbe averlo qualcun altro: disattivalo sul tuo server SimpleFIN. Poi creane uno nuovo.",
		"Dit token is al gebruikt. Was jij dat niet, dan heeft iemand anders het misschien: schakel het uit bij je SimpleFIN-server. Maak daarna een nieuw aan.",
		"Este token já foi usado. Se não foi você, outra pessoa pode tê-lo: desative-o no seu servidor SimpleFIN. Depois crie um novo.")
	messageInvalid = say(
		"This is not a SimpleFIN token. Copy the whole of it, from the first character to the last.",
		"Ce n’est pas un jeton SimpleFIN. Copiez-le en entier, du premier au dernier caractère.",
		"Das ist kein SimpleFIN-Token. Kopieren Sie ihn ganz, vom ersten bis zum letzten Zeichen.",
		"Esto no es un token de SimpleFIN. Cópielo entero, del primer carácter al último.",
		"Questo non è un token SimpleFIN. Copialo per intero, dal primo all’ultimo carattere.",
		"Dit is geen SimpleFIN-token. Kopieer het helemaal, van het eerste tot het laatste teken.",
		"Isto não é um token SimpleFIN. Copie-o por inteiro, do primeiro ao último carácter.")
	messageAgain = say(
		"The access has ended. Make a new token at your SimpleFIN server.",
		"L’accès a pris fin. Créez un nouveau jeton sur votre serveur SimpleFIN.",
		"Der Zugriff ist beendet. Erzeugen Sie bei Ihrem SimpleFIN-Server einen neuen Token.",
		"El acceso ha terminado. Cree un token nuevo en su servidor SimpleFIN.",
		"L’accesso è terminato. Crea un nuovo token sul tuo server SimpleFIN.",
		"De toegang is beëindigd. Maak een nieuw token aan bij je SimpleFIN-server.",
		"O acesso terminou. Crie um novo token no seu servidor SimpleFIN.")
	messageWait = say("The SimpleFIN server is getting your accounts ready.", "Le serveur SimpleFIN prépare vos comptes.",
		"Der SimpleFIN-Server bereitet Ihre Konten vor.", "El servidor SimpleFIN está preparando sus cuentas.",
		"Il server SimpleFIN sta preparando i tuoi conti.", "De SimpleFIN-server maakt je rekeningen klaar.", "O servidor SimpleFIN está a preparar as suas contas.")
)
