// Storybook serves the pages of package templates/storybook, or takes a
// picture of each in every view of package browser. The task runner builds and
// starts it as a program apart, so that a page that does not compile never
// keeps the runner itself from starting.
package main
