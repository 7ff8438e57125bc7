// Package web owns the HTTP server: the middleware in its order, the areas mounted as a list, the one error handler, health
// and metrics, and a shutdown that drains. Everything that knows HTTP is in this folder; echo appears nowhere else but cmd.
//
// An area (webview, powens, …) mounts its own routes and is a translation: it reads a request, asks a noun of internal, and
// shows the answer. What all areas need of a request (its id, the browser's claims, the CSRF token, the language) is in
// web/middleware; what they answer errors with is in web/respond and in the webview's error pages. Areas never import one
// another nor this package.
package web
