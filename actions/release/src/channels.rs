//! The input `channels`: what moves to the version when all of it can be installed.

use std::str::FromStr;

use package_store::{Channel, InvalidChannel, Version};
use publishing::channels::of_release;

/// Which channels move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channels {
    /// Those that a version of its kind moves.
    Auto,
    /// These; for `none` there are none.
    Of(Vec<Channel>),
}

impl Channels {
    /// The channels that move to a version.
    pub(crate) fn of(&self, version: &Version) -> Vec<Channel> {
        match self {
            Self::Auto => of_release(version),
            Self::Of(channels) => channels.clone(),
        }
    }
}

impl FromStr for Channels {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, InvalidChannel> {
        match text.trim() {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::Of(Vec::new())),
            list => {
                let names = list.split(|c: char| c == ',' || c.is_whitespace());
                let names = names.filter(|name| !name.is_empty());
                names
                    .map(str::parse)
                    .collect::<Result<_, _>>()
                    .map(Self::Of)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_lines_or_commas_and_an_unknown_name_is_refused() {
        let both = Channels::Of(vec![Channel::Latest, Channel::Nightly]);
        for text in ["latest,nightly", "latest\nnightly\n", "latest, nightly"] {
            assert_eq!(text.parse(), Ok(both.clone()));
        }
        assert_eq!("none".parse(), Ok(Channels::Of(Vec::new())));
        assert_eq!("auto".parse(), Ok(Channels::Auto));
        assert!("lastest".parse::<Channels>().is_err());
    }
}
