using Headrace.Core;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>Selects the wording of a reason for the caller of a request.</summary>
internal static class CallerWording
{
    extension(HttpContext context)
    {
        /// <summary>Whether the request was sent with a valid key.</summary>
        public bool HasKey => context.User.Identity is { IsAuthenticated: true };
    }

    /// <summary>Returns the wording for this caller. Only a caller with a key may see the paths in a reason.</summary>
    public static string For(this Reason reason, HttpContext context) => context.HasKey ? reason.Detail : reason.Public;
}
