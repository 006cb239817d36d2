//! What events make of a person's row.
