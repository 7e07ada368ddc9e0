"""Reports for readers: what a judgement says, as values, text and Markdown. Decides nothing."""
