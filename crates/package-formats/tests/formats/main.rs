//! Real files in, findings out: every rule has a package that breaks it and nothing else.

#[cfg(test)]
mod krate;
#[cfg(test)]
mod made_crate;
#[cfg(test)]
mod made_native;
#[cfg(test)]
mod made_wheel;
#[cfg(test)]
mod packaged;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod real;
#[cfg(test)]
mod stamp;
#[cfg(test)]
mod stamp_members;
#[cfg(test)]
mod stamp_tree;
#[cfg(test)]
mod stamp_workspace;
#[cfg(test)]
mod table;
#[cfg(test)]
mod wheel;
#[cfg(test)]
mod wheel_native;
