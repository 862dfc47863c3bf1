"""Other people's formats -> case folder."""
