// Package layout owns the frame around every page of the webview: the document head, who asks and who runs the page, the
// trust strip, the progress line, the cancel button, the languages; and Base, the part of a view model that all pages
// share.
//
// It imports nothing of the service: texts come through [Translator], addresses of assets through Base.Assets. The pages
// themselves are in templates/page.
package layout
