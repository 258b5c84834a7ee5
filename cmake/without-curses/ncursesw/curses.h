#error "only ui/screen/ may include curses (docs/ARCHITECTURE.md)"
