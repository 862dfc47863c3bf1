"""Programs in two stages, by any of two ways; no case is needed."""
