"""What clients ask of properties that is the same for all that has them – [MS-OXCPRPT] 3.2.5.1 to 3.2.5.10."""
