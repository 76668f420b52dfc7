"""Recording to text: a draft for the person who spoke, through an adapter that a deployment switches on."""
