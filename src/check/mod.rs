//! One expectation + its exchanges + the frozen pool → one check outcome. Pure: no network, no clock.
