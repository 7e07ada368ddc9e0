"""The nouns of EdgeEnv: frozen values that read the contracts, with nothing but the standard library."""
