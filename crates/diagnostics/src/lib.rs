//! What a finding is: pure data, no terminal and no rules.
