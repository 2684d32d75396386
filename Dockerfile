# Two stages: Rust builds, a bare Debian runs. The image holds one binary, the system's certificates and nothing else
# of ours; it runs as the user 10001, who owns /var/lib/regain.
#
#   docker build -t regain .
#   docker run -p 8080:8080 -v ./site:/etc/regain:ro -v regain:/var/lib/regain regain
#
# docs/operations.md tells what the configuration must say in a container.
FROM rust:1-bookworm AS build
WORKDIR /src
# .dockerignore lets in what the build needs and nothing else.
COPY . .
# What `regain_build_info` calls the revision.
ARG REGAIN_REVISION=unknown
RUN REGAIN_REVISION=$REGAIN_REVISION cargo build --locked --profile dist --bin regain

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 regain \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/regain --no-create-home regain \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/regain
COPY --from=build /src/target/dist/regain /usr/local/bin/regain
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/regain/
USER 10001:10001
WORKDIR /var/lib/regain
VOLUME /var/lib/regain
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/regain", "health", "--config", "/etc/regain"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/regain"]
CMD ["serve", "--config", "/etc/regain"]
