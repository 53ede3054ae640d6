//! What Android's certificate store asks for: a context, once, before the first connection.
//!
//! It isn't exercised by the tests, which run on Linux; it is compiled for Android alone.

use jni::{
    EnvUnowned,
    errors::ThrowRuntimeExAndDefault,
    objects::{JClass, JObject},
};

/// `city.rabt.ffi.RabtAndroid.init(context)`, a static native method. Without it the first connection ends as `Bug`. Calling it twice does
/// nothing; a failure is thrown as a `RuntimeException`.
#[unsafe(no_mangle)]
pub extern "system" fn Java_city_rabt_ffi_RabtAndroid_init<'local>(
    mut env: EnvUnowned<'local>,
    _class: JClass<'local>,
    context: JObject<'local>,
) {
    env.with_env(|env| rustls_platform_verifier::android::init_with_env(env, context))
        .resolve::<ThrowRuntimeExAndDefault>()
}
