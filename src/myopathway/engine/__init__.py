"""From a record to an answer: pure functions, no input or output, no clock."""
