# tscaffe in a container: docker build -t tscaffe . && docker run --rm tscaffe npm run mnist
# Set-up is a layer of its own, which changes in src/ and examples/ do not build again.
FROM node:22-bookworm-slim

RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates cmake g++ git make binutils util-linux \
  && rm -rf /var/lib/apt/lists/*

# libcaffe is unpacked here, where every user of the image can read it.
ENV TSCAFFE_CACHE=/opt/tscaffe

WORKDIR /tscaffe
# An own mirror: docker build --build-arg TSCAFFE_DEBIAN_MIRROR=http://...
ARG TSCAFFE_DEBIAN_MIRROR
COPY . .
# Set-up asks apt where Debian's packages come from, and so needs its lists for the time of this line.
RUN apt-get update && TSCAFFE_DEBIAN_MIRROR="$TSCAFFE_DEBIAN_MIRROR" npm run setup && rm -rf /var/lib/apt/lists/*

CMD ["npm", "run", "mnist"]
