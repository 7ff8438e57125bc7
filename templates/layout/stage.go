package layout

// Stage is how far the end user has come, as the progress line shows it.
type Stage int

// The stages. StageNone hides the line: the page is outside the walk.
const (
	StageNone Stage = iota
	StageTerms
	StageBank
	StageProve
	StageAccounts
	StageDone
)

// stageNames are the message ids of the stages that the line counts; StageDone is the line filled.
var stageNames = [...]string{"stage.terms", "stage.bank", "stage.prove", "stage.accounts"}

// stageText is what the line says to those who do not see it.
func (b Base) stageText(s Stage) string {
	if s == StageDone {
		return b.Tr("stage.done")
	}
	return b.Tr("stage.label", "Current", int(s), "Total", len(stageNames), "Name", b.Tr(stageNames[s-1]))
}

// Frame is what one page asks of its surroundings.
type Frame struct {
	// Title is the page's heading, translated; it names the document too.
	Title string
	Stage Stage
	// Bank and BankColor are the connector that the page is about; empty where none is chosen yet.
	Bank, BankColor string
	// Refresh reloads the page after so many seconds where JavaScript is off; 0 means never.
	Refresh int
	// Poll lets the script ask for the attempt's step and reload when it has changed.
	Poll bool
	// Failed marks the title of a page that shows an error of the form, for those who hear it first.
	Failed bool
	// NoCancel hides the cancel button where the page has a way out of its own.
	NoCancel bool
}
