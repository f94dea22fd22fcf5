namespace Headrace.Server.Hosting;

/// <summary>
/// Which file systems a store may lie on (R25). A store needs a lock that every machine that sees the folder honours,
/// and memory shared by its readers;
/// network file systems, and folders shared in from a host, promise neither.
/// </summary>
internal static class FileSystemRule
{
    private static readonly HashSet<string> Network = new(StringComparer.Ordinal)
    {
        "9p",
        "acfs",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "dfs",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "kafs",
        "lustre",
        "ncp",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "ocfs2",
        "orangefs",
        "pvfs2",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
        "webdav",
    };

    /// <summary>
    /// File systems in user space that keep their files on another machine; <c>fuse.X</c> where X is not listed is
    /// taken for local.
    /// </summary>
    private static readonly HashSet<string> NetworkInUserSpace = new(StringComparer.Ordinal)
    {
        "afp",
        "beegfs",
        "blobfuse",
        "blobfuse2",
        "ceph",
        "ceph-fuse",
        "cifs",
        "curlftpfs",
        "dav",
        "davfs",
        "davfs2",
        "gcsfuse",
        "glusterfs",
        "goofys",
        "hdfs",
        "ipfs",
        "juicefs",
        "lizardfs",
        "mfs",
        "moosefs",
        "nfs",
        "rclone",
        "s3fs",
        "s3ql",
        "seaweedfs",
        "smbnetfs",
        "sshfs",
        "vmhgfs-fuse",
        "xtreemfs",
    };

    /// <summary>Why a folder on a file system of this type cannot hold a store; null when it can.</summary>
    public static string? Refusal(string type, string folder)
    {
        var name = type.ToLowerInvariant();
        var isNetwork = name.StartsWith("fuse.", StringComparison.Ordinal)
            ? NetworkInUserSpace.Contains(name["fuse.".Length..])
            : Network.Contains(name);
        return isNetwork
            ? $"The data folder {folder} lies on a network file system ({type}), where locks and shared memory cannot be trusted. Choose a folder on a local disk with --data."
            : null;
    }
}
