"""Models of Proof of Vote: elections of butlers, and rounds of consensus."""
