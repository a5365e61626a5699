import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './app/i18n'
import { listenToKeys } from './app/keys'
import { queryClient } from './app/query'
import { router } from './app/router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/desk.css'
import './styles/element.css'

listenToKeys()
createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
