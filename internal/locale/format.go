package locale

const (
	nbsp       = "\u00a0"
	narrowNBSP = "\u202f"
)

const (
	unitSecond = iota
	unitMinute
	unitHour
	unitDay
)

// word is a unit of time in singular and plural.
type word struct{ one, many string }

// format is how a language writes dates, numbers and spans: CLDR 45, written out for seven languages, since the tables of
// x/text hold neither dates nor currency patterns.
type format struct {
	months   [12]string
	date     string // {d}, {m} and {y} stand for day, month and year
	firstDay string // how the first of a month is written, if not 1
	decimal  string
	thousand string
	// least is the number of digits from which thousands are parted.
	least int
	// symbolFirst puts the currency before the number; symbolSpaced parts the two.
	symbolFirst, symbolSpaced bool
	zeroIsOne                 bool // 0 takes the singular
	units                     [4]word
}

// group parts the thousands of a string of digits.
func (f *format) group(digits string) string {
	if len(digits) < f.least {
		return digits
	}
	out := make([]byte, 0, len(digits)*2)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, f.thousand...)
		}
		out = append(out, digits[i])
	}
	return string(out)
}

var formats = map[string]*format{
	"en": {
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		date:   "{d} {m} {y}", decimal: ".", thousand: ",", least: 4, symbolFirst: true,
		units: [4]word{{"second", "seconds"}, {"minute", "minutes"}, {"hour", "hours"}, {"day", "days"}},
	},
	"fr": {
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		date:   "{d} {m} {y}", firstDay: "1er", decimal: ",", thousand: narrowNBSP, least: 4, zeroIsOne: true,
		units: [4]word{{"seconde", "secondes"}, {"minute", "minutes"}, {"heure", "heures"}, {"jour", "jours"}},
	},
	"de": {
		months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		date:   "{d}. {m} {y}", decimal: ",", thousand: ".", least: 4,
		units: [4]word{{"Sekunde", "Sekunden"}, {"Minute", "Minuten"}, {"Stunde", "Stunden"}, {"Tag", "Tage"}},
	},
	"nl": {
		months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
		date:   "{d} {m} {y}", decimal: ",", thousand: ".", least: 4, symbolFirst: true, symbolSpaced: true,
		units: [4]word{{"seconde", "seconden"}, {"minuut", "minuten"}, {"uur", "uur"}, {"dag", "dagen"}},
	},
	"pt": {
		months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
		date:   "{d} de {m} de {y}", decimal: ",", thousand: nbsp, least: 5,
		units: [4]word{{"segundo", "segundos"}, {"minuto", "minutos"}, {"hora", "horas"}, {"dia", "dias"}},
	},
	"it": {
		months: [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
		date:   "{d} {m} {y}", decimal: ",", thousand: ".", least: 4,
		units: [4]word{{"secondo", "secondi"}, {"minuto", "minuti"}, {"ora", "ore"}, {"giorno", "giorni"}},
	},
	"es": {
		months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		date:   "{d} de {m} de {y}", decimal: ",", thousand: ".", least: 5,
		units: [4]word{{"segundo", "segundos"}, {"minuto", "minutos"}, {"hora", "horas"}, {"día", "días"}},
	},
}

// symbols are the currency signs that mean one currency to readers of these languages; the others show their code.
var symbols = map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}

// minorDigits is the usual number of decimals of a currency (ISO 4217).
func minorDigits(currency string) int {
	switch currency {
	case "JPY", "KRW", "ISK", "CLP", "VND", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF", "GNF", "KMF", "DJF", "BIF", "VUV":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
