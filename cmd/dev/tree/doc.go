// Package tree walks the project's own Go files, so that every check means
// the same files by "the project": not the caches, not generated folders of
// npm, not test data. What is done with the files is the caller's business
// (packages arrows and habits, and the formatting check).
package tree
