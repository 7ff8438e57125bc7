// Package ui owns the small parts that pages are made of and that know nothing of a page: icons, monograms, and the
// arithmetic of colours that keeps text readable on a colour somebody else chose.
//
// It imports nothing of the project and translates nothing: whatever it shows is given to it.
package ui
