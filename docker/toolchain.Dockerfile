# An image of a Go toolchain of your own, for `image:<reference>`: no base image, nothing in it but the tree.
#
#   docker build -t my-go -f docker/toolchain.Dockerfile $(go env GOROOT)
#   deferdiff run program.go -t image:my-go -t go1.22.10
#
# The go command must be linked statically (those of go.dev and of `deferdiff toolchains fetch` are).
FROM scratch
COPY . /usr/local/go
ENV PATH=/usr/local/go/bin
