// The URL Pattern Standard.
export { URLPattern } from 'urlpattern-polyfill/urlpattern'
