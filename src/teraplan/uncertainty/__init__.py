"""Many cases, one question: shocks, samples, trees of futures, near-optimal alternatives."""
