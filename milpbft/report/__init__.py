"""What a person looks at: space-time diagrams of schedules, as a page, as TikZ and as text."""
