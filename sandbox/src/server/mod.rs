//! What every party's server has in common.
