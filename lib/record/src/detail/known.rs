//! A struct without what is not known: its fields that would be written as null.

use std::fmt;

use serde::ser::{Error, Impossible, Serialize, SerializeStruct, Serializer};

/// Writes a struct by `S`, without its fields that would be null.
pub(super) struct Known<S>(pub(super) S);

/// Tells whether a value would be written as null; nothing else is an answer.
struct IsNull;

/// It would not.
#[derive(Debug)]
struct NotNull;

/// All that neither of the two takes.
macro_rules! refuse {
    ($error:expr) => {
        type SerializeSeq = Impossible<Self::Ok, Self::Error>;
        type SerializeTuple = Impossible<Self::Ok, Self::Error>;
        type SerializeTupleStruct = Impossible<Self::Ok, Self::Error>;
        type SerializeTupleVariant = Impossible<Self::Ok, Self::Error>;
        type SerializeMap = Impossible<Self::Ok, Self::Error>;
        type SerializeStructVariant = Impossible<Self::Ok, Self::Error>;

        refuse! { $error; Self::Ok;
            serialize_bool(bool), serialize_char(char), serialize_f32(f32),
            serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
            serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64),
            serialize_str(&str), serialize_bytes(&[u8]), serialize_unit_struct(&'static str),
            serialize_unit_variant(&'static str, u32, &'static str),
        }
        refuse! { $error; Self::SerializeSeq; serialize_seq(Option<usize>), }
        refuse! { $error; Self::SerializeTuple; serialize_tuple(usize), }
        refuse! { $error; Self::SerializeTupleStruct; serialize_tuple_struct(&'static str, usize), }
        refuse! { $error; Self::SerializeMap; serialize_map(Option<usize>), }
        refuse! { $error; Self::SerializeTupleVariant;
            serialize_tuple_variant(&'static str, u32, &'static str, usize),
        }
        refuse! { $error; Self::SerializeStructVariant;
            serialize_struct_variant(&'static str, u32, &'static str, usize),
        }

        fn serialize_newtype_struct<T: ?Sized + Serialize>(
            self,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Self::Error> {
            Err($error)
        }

        fn serialize_newtype_variant<T: ?Sized + Serialize>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Self::Error> {
            Err($error)
        }
    };
    ($error:expr; $ok:ty; $($method:ident($($argument:ty),+),)+) => {
        $(fn $method(self, $(_: $argument),+) -> Result<$ok, Self::Error> {
            Err($error)
        })+
    };
}

impl<S: Serializer> Serializer for Known<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeStruct = Known<S::SerializeStruct>;

    refuse! { S::Error::custom("it is no struct") }
    refuse! { S::Error::custom("it is no struct"); Self::Ok; serialize_f64(f64), }

    fn serialize_none(self) -> Result<Self::Ok, Self::Error> {
        Err(S::Error::custom("it is no struct"))
    }

    fn serialize_unit(self) -> Result<Self::Ok, Self::Error> {
        self.serialize_none()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<Self::Ok, Self::Error> {
        self.serialize_none()
    }

    fn serialize_struct(
        self,
        name: &'static str,
        count: usize,
    ) -> Result<Self::SerializeStruct, Self::Error> {
        self.0.serialize_struct(name, count).map(Known)
    }
}

impl<S: SerializeStruct> SerializeStruct for Known<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        match value.serialize(IsNull) {
            Ok(()) => Ok(()),
            Err(NotNull) => self.0.serialize_field(name, value),
        }
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        self.0.end()
    }
}

impl Serializer for IsNull {
    type Ok = ();
    type Error = NotNull;
    type SerializeStruct = Impossible<(), NotNull>;

    refuse! { NotNull }
    refuse! { NotNull; Self::SerializeStruct; serialize_struct(&'static str, usize), }

    fn serialize_none(self) -> Result<(), NotNull> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), NotNull> {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), NotNull> {
        value.serialize(self)
    }

    /// JSON has no word for what is no number.
    fn serialize_f64(self, value: f64) -> Result<(), NotNull> {
        if value.is_finite() { Err(NotNull) } else { Ok(()) }
    }
}

impl fmt::Display for NotNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not null")
    }
}

impl std::error::Error for NotNull {}

impl Error for NotNull {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::detail::VerdictDetail;
    use crate::detail::verdict::BudgetVerdict;

    #[test]
    fn what_is_null_and_no_number_is_left_out_of_a_struct_and_nothing_below_it() {
        let budget = BudgetVerdict { rule: "a".to_owned(), ..BudgetVerdict::default() };
        let detail = VerdictDetail {
            kind: Some("build".to_owned()),
            n: Some(0),
            median: Some(2.0),
            p: Some(f64::NAN),
            same_batch: Some(false),
            statistics: [("p95", 1.5)].into_iter().collect(),
            budget: Some(budget),
            ..VerdictDetail::default()
        };
        let mut text = Vec::new();
        detail.serialize(Known(&mut serde_json::Serializer::new(&mut text))).unwrap();
        let expected = json!({
            "kind": "build", "n": 0, "median": 2, "same_batch": false,
            "statistics": {"p95": 1.5}, "budget": {"rule": "a", "metric": "", "result": ""},
        });
        assert_eq!(String::from_utf8(text).unwrap(), expected.to_string());
    }
}
