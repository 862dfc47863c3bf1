"""Why a case cannot be met, why a plan does not build more, why two plans differ: solved again, told in words."""
