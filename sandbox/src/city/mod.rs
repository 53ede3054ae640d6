//! Starting and stopping the whole city.
