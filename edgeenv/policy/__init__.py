"""What must hold for two runs to be compared: policies, the rule engine, its judgements."""
