// Package templates owns the words that people read in the webview: one catalogue of messages a language, in go-i18n's
// JSON form, embedded here beside the pages that use them.
//
// It owns no markup and no translation engine. The pages are in templates/page, their frame in templates/layout, their
// small parts in templates/ui, every page in every state in templates/storybook. The catalogues are handed to whoever
// implements [passerelle/templates/layout.Translator].
package templates
