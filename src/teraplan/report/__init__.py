"""One HTML file about one plan or several: it reads, it never solves."""
